import type { HttpResponse } from '#kit'

import type { PullContext } from './stream.ts'

/**
 * Of a vendor that tells no credential's rights: the change that an action makes, asked of a thing that cannot be. The answer
 * says whether the right is there, and nothing is changed. INVARIANT: `id` is of the vendor's own form and all zeros, which no
 * vendor gives (they are drawn at random, and 32 zeros are the nil UUID, which RFC 9562 §5.9 keeps from being anybody's);
 * and the change is sent only once the vendor itself, asked for the thing, knows none.
 */
export type RightTry<Config> = {
  /** Whose change it is: the verb of an action. */
  verb: string
  /** The permission that asking for the thing needs, and the one that the change needs; as the action declares them. */
  looks: string
  acts: string
  isOn?(config: Config): boolean
  /** Does the vendor know no such thing? An error of something absent says so, too. In `see` of the context is the credential to contain. */
  isNobodys(context: PullContext<Config>): Promise<boolean>
  change(context: PullContext<Config>): Promise<HttpResponse>
}

export type RightTries<Config> = {
  tries: readonly RightTry<Config>[]
  /** Refused for want of the right, and for nothing else. */
  isRefusal(response: HttpResponse): boolean
  /**
   * Does an answer that is no refusal show that the right was found first? Absent: the vendor does not say in which order it
   * looks at the right and at the thing, so that "no such thing" proves nothing.
   */
  isPastTheRight?(response: HttpResponse): boolean
  /** For the page of the vendor and for whoever reads a check: what an answer can show here, and on whose word. */
  says: string
}
