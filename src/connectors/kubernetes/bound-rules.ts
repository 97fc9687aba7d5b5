import { isObject, type JsonObject } from '#kit'
import { freshParts, onceARun, readOrBlind, type PartsSeen } from '#sources/contract'

import { namespacesInstead, pathIn } from './by-namespace.ts'
import { listAll, type Access } from './client.ts'
import { roleRow, rulesOf, type RoleRow } from './rows.ts'

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const untold = ['cluster-rights'] as const

/** By name; undefined: not read. */
type Roles = Map<string, RoleRow> | undefined
type RolesAt = (namespace: string) => Roles
type Known = { clusterRoles: Roles; rolesAt: RolesAt; seen: PartsSeen }

const byName = (roles: readonly RoleRow[]): Roles => new Map(roles.map((role) => [role.metadata.name, role]))

/** A binding means nothing without the rules it gives: they are read once a run, in one state of the cluster or nearly so. */
const readRoles = onceARun(async (access: Access): Promise<Known> => {
  const seen = freshParts()
  const part = { of: 'bindings/clusterroles', what: 'what cluster roles allow is', untold }
  const clusterRoles = await readOrBlind<Roles>(seen, part, undefined, async () =>
    byName(await listAll(access, `${rbac}/clusterroles`, roleRow, 'the list of clusterroles')),
  )
  return { clusterRoles, rolesAt: await readRolesAt(access, seen), seen }
})

function readRolesAt(access: Access, seen: PartsSeen): Promise<RolesAt> {
  const part = { of: 'bindings/roles', what: 'what roles of a namespace allow is', untold }
  const read = (path: string) => listAll(access, path, roleRow, 'the list of roles')
  return readOrBlind<RolesAt>(
    seen,
    part,
    () => undefined,
    async () => {
      try {
        const all = Map.groupBy(await read(`${rbac}/roles`), ({ metadata }) => metadata.namespace ?? '')
        return (namespace) => byName(all.get(namespace) ?? [])
      } catch (error) {
        const known = new Map<string, Roles>()
        for (const thing of await namespacesInstead(access, error)) {
          const ask = async () => byName(await read(pathIn(thing, `${rbac}/roles`)))
          known.set(thing, await readOrBlind<Roles>(seen, { ...part, thing }, undefined, ask))
        }
        return (namespace) => known.get(namespace)
      }
    },
  )
}

/** Puts to a binding the `rules` of its role: null where there is no such role; none at all where that was not read. */
export async function addRules(access: Access): Promise<{ add: (row: JsonObject) => JsonObject; seen: PartsSeen }> {
  const { clusterRoles, rolesAt, seen } = await readRoles(access)
  const add = (row: JsonObject): JsonObject => {
    const [ref, metadata] = [objectIn(row, 'roleRef'), objectIn(row, 'metadata')]
    const roles = ref['kind'] === 'Role' ? rolesAt(textIn(metadata, 'namespace')) : clusterRoles
    const role = roles?.get(textIn(ref, 'name'))
    const isAggregated = role?.aggregationRule !== undefined && role.aggregationRule !== null
    const rules = role === undefined ? null : rulesOf(role.rules)
    return { ...row, ...(roles === undefined ? {} : { rules }), isAggregated }
  }
  return { add, seen }
}

const objectIn = (row: JsonObject, key: string): JsonObject => {
  const held = row[key]
  return isObject(held) ? held : {}
}
const textIn = (row: JsonObject, key: string): string => {
  const held = row[key]
  return typeof held === 'string' ? held : ''
}
