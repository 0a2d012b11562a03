/** A room's events, let through in the order of their seq: each once, none after a gap. */
export class Stream {
  /** @param {number | null} seq  the last one known; null: none yet */
  constructor(seq) {
    this.seq = seq;
  }

  /**
   * @param {RoomEvent[]} events
   * @returns {{fresh: RoomEvent[], gap: boolean}}
   */
  take(events) {
    const fresh = [];
    for (const event of events) {
      const next = (this.seq ?? event.seq - 1) + 1;
      if (event.seq < next) continue;
      if (event.seq > next) return { fresh, gap: true };
      this.seq = event.seq;
      fresh.push(event);
    }
    return { fresh, gap: false };
  }
}
