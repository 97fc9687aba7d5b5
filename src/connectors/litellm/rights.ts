import type { EntityId } from '#model'

import { nameModel, nameModels } from './names.ts'

/** One thing that a list of models opens. */
export type Opens = { to: EntityId; note: string; conditional?: boolean }

/** Words that stand in a list of models and are no model. */
const everything = 'all-proxy-models'
const teams = 'all-team-models'
const nothing = 'no-default-models'

/**
 * What a list of models opens: a model's name, the name of a group of models (told apart by nothing, and named the same
 * here), or a pattern. An empty list leaves all open. A pattern is an upper bound: which models fit it is the provider's
 * to say.
 */
export function modelsIn(authority: string, names: readonly string[] | null | undefined): Opens[] {
  const held = names ?? []
  if (held.length === 0 || held.includes(everything)) {
    return [{ to: nameModels(authority), note: 'all models' }]
  }
  return held.flatMap((name): Opens[] => {
    if (name === nothing || name === teams || name === '') return []
    if (!name.includes('*')) return [{ to: nameModel(authority, name), note: name }]
    return [{ to: nameModels(authority), note: name, conditional: true }]
  })
}

/** A key's own list narrows what its user and team may use; an empty one adds nothing to it, where there is one of them. */
export const modelsOfKey = (
  authority: string,
  {
    models,
    user_id: user,
    team_id: team,
  }: { models?: string[] | null | undefined; user_id?: string | null | undefined; team_id?: string | null | undefined },
): Opens[] => ((models ?? []).length === 0 && (isTold(user) || isTold(team)) ? [] : modelsIn(authority, models))

/** `proxy_admin` may point a stored deployment at an address of their own, and so collect the key that is sent to it. */
export const isAdmin = (role: string | null | undefined): boolean => role === 'proxy_admin'
export const mayLook = (role: string | null | undefined): boolean => role === 'proxy_admin_viewer' || isAdmin(role)
/** May make virtual keys of their own. */
export const mayMakeKeys = (role: string | null | undefined): boolean => role === 'internal_user' || isAdmin(role)

export const isTold = (text: string | null | undefined): text is string =>
  text !== null && text !== undefined && text !== ''
