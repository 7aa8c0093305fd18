/** Small drawings beside words, never instead of them: hidden from assistive technology. */

const SVG = 'http://www.w3.org/2000/svg';

/** Paths on a 16 by 16 grid, drawn as strokes of the text's colour. */
const PATHS = {
  free: 'M3 8.5l3.2 3.2L13 4.8',
  ringing: 'M8 2.2a3.8 3.8 0 0 0-3.8 3.8v3L3 11h10l-1.2-2V6A3.8 3.8 0 0 0 8 2.2zM6.7 13.3h2.6',
  talking: 'M2.5 8a5.5 5.5 0 1 1 2.3 4.5L2.5 13.2l.7-2.2A5.5 5.5 0 0 1 2.5 8zM6 8h.01M8.3 8h.01M10.6 8h.01',
  wrap_up: 'M10.8 2.9l2.3 2.3-7.4 7.4-3 .7.7-3zM9.2 4.5l2.3 2.3',
  paused: 'M5.8 3.5v9M10.2 3.5v9',
  trouble: 'M8 2.4l6 10.9H2zM8 6.6v3.2M8 11.6v.01',
  away: 'M6.5 2.8H3v10.4h3.5M9.5 5.2L12.4 8l-2.9 2.8M12.2 8H6.3',
  waiting: 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM8 4.8V8l2.2 1.6',
  hold: 'M5.2 4h1.6v8H5.2zM9.2 4h1.6v8H9.2z',
  inbound: 'M12.5 3.5L4 12M4 6v6h6',
  outbound: 'M3.5 12.5L12 4M12 10V4H6',
  internal: 'M2.5 8h11M10.5 5l3 3-3 3M5.5 5l-3 3 3 3',
  record: 'M8 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z',
  ear: 'M4.6 6.4a3.4 3.4 0 1 1 6.8 0c0 2-1.6 2.5-2.1 3.9-.4 1.2-.6 2.9-2.2 2.9-1 0-1.6-.7-1.7-1.6M6.6 6.5a1.5 1.5 0 0 1 2.9 0',
  whisper: 'M2.5 6.3h2.3L8 3.6v8.8L4.8 9.7H2.5zM10.3 6.2a2.6 2.6 0 0 1 0 3.6M12.2 4.6a5 5 0 0 1 0 6.8',
  park: 'M3 3h10v10H3zM6.4 11V5.2h2.1a1.8 1.8 0 0 1 0 3.6H6.4',
  conference: 'M8 4.1a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6zM4.5 13c.2-2.2 1.6-3.3 3.5-3.3s3.3 1.1 3.5 3.3M3.3 5.6a1.4 1.4 0 1 0 .4 2.8M12.7 5.6a1.4 1.4 0 1 1-.4 2.8',
  transfer: 'M2.5 5.5h9.5M9.3 2.8L12 5.5 9.3 8.2M13.5 10.5H4M6.7 7.8L4 10.5l2.7 2.7',
  hangup: 'M2.2 9.6c3.3-3.4 8.3-3.4 11.6 0l-1.5 1.7-2.4-1V8.8c-1.2-.4-2.6-.4-3.8 0v1.5l-2.4 1z',
  trunk: 'M8 2.3a5.7 5.7 0 1 0 0 11.4A5.7 5.7 0 0 0 8 2.3zM2.5 8h11M8 2.5c1.8 1.6 2.5 3.4 2.5 5.5S9.8 11.9 8 13.5M8 2.5C6.2 4.1 5.5 5.9 5.5 8s.7 3.9 2.5 5.5',
  headset: 'M3 9.5V8a5 5 0 0 1 10 0v1.5M3 9h1.8v3.2H3.5a.5.5 0 0 1-.5-.5zM13 9h-1.8v3.2h1.3a.5.5 0 0 0 .5-.5zM12.8 12c0 1.3-1.3 1.9-3.3 1.9',
  phone: 'M5.3 2.5h5.4v11H5.3zM7.4 11.6h1.2',
  link: 'M6.6 9.4a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.8.8M9.4 6.6a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.8-.8',
  lock: 'M4 7.5h8v5.7H4zM5.6 7.5V5.4a2.4 2.4 0 0 1 4.6-.9',
  doubt: 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM6.4 6.4a1.7 1.7 0 1 1 2.5 1.5c-.6.3-.9.7-.9 1.3M8 11.3v.01',
  muted: 'M6.2 4a1.8 1.8 0 0 1 3.6 0v3.4a1.8 1.8 0 0 1-3.6 0zM3.8 7.4a4.2 4.2 0 0 0 8.4 0M8 11.6v2M2.8 2.8l10.4 10.4',
  close: 'M4 4l8 8M12 4l-8 8',
  hand: 'M4.6 8.6V4.4a.9.9 0 0 1 1.8 0v3M6.4 7V3.2a.9.9 0 0 1 1.8 0V7M8.2 7V3.7a.9.9 0 0 1 1.8 0v3.8M10 7.4V5.2a.9.9 0 0 1 1.8 0v4.6c0 2.4-1.5 4-3.6 4-1.7 0-2.6-.7-3.4-2L3 8.9c-.4-.8.6-1.6 1.3-.9l.9 1',
  callback: 'M5 3.2L2.5 5.7 5 8.2M2.8 5.7h5.4a5 5 0 0 1 5 5v2.1',
  letter: 'M2.5 4.2h11v7.6h-11zM2.5 4.6L8 9l5.5-4.4',
};
/** @typedef {keyof typeof PATHS} IconName */

/** @param {IconName} name @returns {SVGSVGElement} */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

/** Another drawing in the same place. @param {SVGSVGElement} svg @param {IconName} name */
export function setIcon(svg, name) {
  const path = svg.firstElementChild;
  if (path && path.getAttribute('d') !== PATHS[name]) {
    path.setAttribute('d', PATHS[name]);
    svg.setAttribute('class', `icon icon-${name}`);
  }
}
