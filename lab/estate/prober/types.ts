import type { Trust } from './http.ts'

/** What a thief holds: a value, and what stood beside it where it was found (a key's id, a login, a cookie, a client). */
export type Loot = { value: string; with: Readonly<Record<string, string>> }
export type Right = 'read' | 'write' | 'admin'
/** A thing that answered. `what` is the vendor's name of it: `repo/api`, `bucket/people`, `users`. */
export type Opened = { system: string; what: string; right: Right }
export type Found = {
  opens: Opened[]
  /** What more could be made with it, and would outlive it: `aws access-key`, `github deploy-key`. */
  makes: string[]
}
export type Names = Readonly<Record<string, readonly string[]>>
/** Where a system is, and the names in it that a thief would try. `trust`: its certificate is signed by none that everybody knows. */
export type Target = { url: string; names: Names; trust?: Trust | undefined }
export type Targets = Readonly<Record<string, Target>>
export type Prober = (target: Target, loot: Loot) => Promise<Found>

export const namesIn = ({ names }: Target, kind: string): readonly string[] => names[kind] ?? []
