/**
 * A bell for new alarms: two short tones, when somebody asked for them in this browser. A browser plays
 * nothing before somebody touched the page, so a wall rings after the first key.
 */

const KEY = 'vigie.bell';

class Bell {
  constructor() {
    /** @type {AudioContext|null} */
    this.sound = null;
    this.on = false;
    try {
      this.on = localStorage.getItem(KEY) === '1';
    } catch {
      // without a store it is asked for again after a reload
    }
  }

  /** @param {boolean} on */
  set(on) {
    this.on = on;
    try {
      localStorage.setItem(KEY, on ? '1' : '0');
    } catch {
      // as above
    }
    if (on) this.ring();
  }

  ring() {
    if (!this.on) return;
    this.sound ??= new AudioContext();
    const { sound } = this;
    void sound.resume();
    [880, 660].forEach((pitch, n) => {
      const tone = sound.createOscillator();
      const loud = sound.createGain();
      const at = sound.currentTime + n * 0.22;
      tone.frequency.value = pitch;
      loud.gain.setValueAtTime(0.2, at);
      loud.gain.exponentialRampToValueAtTime(0.001, at + 0.2);
      tone.connect(loud).connect(sound.destination);
      tone.start(at);
      tone.stop(at + 0.21);
    });
  }
}

export const bell = new Bell();
