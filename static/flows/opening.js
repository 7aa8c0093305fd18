/** Opening hours: which event of a calendar holds at an instant, by the clocks of its own zone. As the server reads them. */

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** A date and a time of a zone. @typedef {{date: string, weekday: number, time: string}} Local */

/** @param {number} ms @param {string} zone @returns {Local} */
export function localIn(ms, zone) {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const date = `${parts.year}-${parts.month}-${parts.day}`;
  return { date, weekday: new Date(`${date}T00:00:00Z`).getUTCDay(), time: `${parts.hour}:${parts.minute}:${parts.second}` };
}

/** @param {Local} local @returns {Local} */
function yesterdayOf(local) {
  const date = new Date(Date.parse(`${local.date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
  return { ...local, date, weekday: (local.weekday + 6) % 7 };
}

/** `09:00` is `09:00:00`. @param {any} time */
const whole = (time) => (String(time ?? '').length === 5 ? `${time}:00` : String(time ?? ''));

/** @param {any} event @param {Local} local */
function isOn(event, local) {
  if (event.isRecurring === true) return (event.days ?? []).includes(DAYS[local.weekday]);
  const date = (/** @type {any} */ text) => String(text ?? '').slice(0, 10);
  return date(event.startDate) <= local.date && local.date <= date(event.endDate);
}

/** @param {any} event @param {Local} local */
function holds(event, local) {
  if (event.allDay === true) return isOn(event, local);
  const [from, until] = [whole(event.startTime), whole(event.endTime)];
  if (from <= until) return isOn(event, local) && from <= local.time && local.time < until;
  // over midnight: what is after it belongs to the day before
  return (isOn(event, local) && local.time >= from) || (isOn(event, yesterdayOf(local)) && local.time < until);
}

/** The port of the first event that holds then. @param {{timezone?: any, events?: any}} content @param {number} ms @returns {string|null} */
export function openAt(content, ms) {
  const local = localIn(ms, String(content.timezone ?? 'UTC'));
  const event = (Array.isArray(content.events) ? content.events : []).find((one) => holds(one, local));
  return event ? String(event.id) : null;
}
