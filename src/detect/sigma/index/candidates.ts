/** Rules worth a look for the event in hand, each once. A new event is a new epoch: nothing is cleared. */
export class Candidates {
  readonly list: Int32Array
  count = 0
  private readonly stamps: Int32Array
  private epoch = 0

  constructor(rules: number) {
    this.list = new Int32Array(rules)
    this.stamps = new Int32Array(rules)
  }

  begin(): void {
    this.count = 0
    // Int32 wraps after two milliards of events; then every stamp is old.
    if (++this.epoch === 0x7fffffff) {
      this.stamps.fill(0)
      this.epoch = 1
    }
  }

  add(postings: Int32Array): void {
    for (let i = 0; i < postings.length; i++) {
      const rule = postings[i] ?? 0
      if (this.stamps[rule] === this.epoch) continue
      this.stamps[rule] = this.epoch
      this.list[this.count++] = rule
    }
  }
}
