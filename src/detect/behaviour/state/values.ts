import { features, type Feature } from '../act.ts'

/** Numbers for the values of features that somebody was taught; what was only met has none. */
export class Values {
  private readonly byFeature: Readonly<Record<Feature, Map<string, number>>> = {
    network: new Map(),
    country: new Map(),
    agent: new Map(),
    app: new Map(),
    resource: new Map(),
    tool: new Map(),
    recipient: new Map(),
  }
  private next = 1

  numberOf(feature: Feature, value: string): number | undefined {
    return this.byFeature[feature].get(value)
  }

  give(feature: Feature, value: string): number {
    const known = this.numberOf(feature, value)
    if (known !== undefined) return known
    const number = this.next++
    this.byFeature[feature].set(value, number)
    return number
  }

  get size(): number {
    let size = 0
    for (const values of Object.values(this.byFeature)) size += values.size
    return size
  }

  sweep(isUsed: (number: number) => boolean): void {
    for (const values of Object.values(this.byFeature))
      for (const [value, number] of values) if (!isUsed(number)) values.delete(value)
  }

  *all(): Iterable<readonly [Feature, string, number]> {
    for (const feature of features)
      for (const [value, number] of this.byFeature[feature]) yield [feature, value, number]
  }

  restore(feature: Feature, value: string, number: number): void {
    this.byFeature[feature].set(value, number)
    this.next = Math.max(this.next, number + 1)
  }
}
