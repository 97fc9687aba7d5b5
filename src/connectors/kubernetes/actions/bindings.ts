import { z } from 'zod'

import { parseJson, type Json } from '#kit'

import { listAll, type Access } from '../client.ts'
import { everywhere, usernameOf } from '../names.ts'
import { above, call, deleteObject, find, objectPath, settle } from './context.ts'

export const rbac = 'rbac.authorization.k8s.io'
const subject = z.object({
  kind: z.string(),
  name: z.string(),
  namespace: z.string().nullish(),
  apiGroup: z.string().nullish(),
})
export const binding = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    namespace: z.string().nullish(),
    resourceVersion: z.string(),
  }),
  roleRef: z.object({ kind: z.string(), name: z.string() }),
  subjects: z.array(subject).nullish(),
})
export type Binding = z.infer<typeof binding>

export const resourceOf = (scope: string): string => (scope === everywhere ? 'clusterrolebindings' : 'rolebindings')
export const bindingPath = (scope: string, name: string): string => objectPath(rbac, resourceOf(scope), scope, name)
export const scopeOf = ({ metadata }: Binding): string => metadata.namespace ?? everywhere

/** One line of text for each subject and binding, as undo gets it back: names and no secret. */
const line = (parts: readonly string[]): string => parts.map(encodeURIComponent).join(' ')
const partsOfLine = (text: string): string[] => text.split(' ').map(decodeURIComponent)

export const bindingLine = ({ metadata, roleRef, subjects }: Binding): string =>
  line([
    metadata.namespace ?? everywhere,
    metadata.name,
    roleRef.kind,
    roleRef.name,
    JSON.stringify((subjects ?? []).map(({ kind, name, namespace }) => [kind, name, namespace ?? ''])),
  ])

const kept = z.array(z.tuple([z.string(), z.string(), z.string()]))
const bodyOf = (kind: string, name: string, namespace: string): Json => ({
  kind,
  name,
  ...(kind === 'ServiceAccount' ? (namespace === '' ? {} : { namespace }) : { apiGroup: rbac }),
})

/**
 * Makes a binding again as it was. One that stands under the name lost a subject at most: `username` is put back into it,
 * if it still gives the same role; without a `username` it is somebody else's doing and is left alone.
 */
export async function restoreBinding(access: Access, text: string, username?: string): Promise<void> {
  const [scope = '', name = '', kind = '', role = '', json = '[]'] = partsOfLine(text)
  const subjects = kept.parse(parseJson(json))
  const path = bindingPath(scope, name)
  const now = await find(access, path, binding, 'the binding')
  if (now === undefined) {
    const body: Json = {
      apiVersion: `${rbac}/v1`,
      kind: scope === everywhere ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: { name, ...(scope === everywhere ? {} : { namespace: scope }) },
      roleRef: { apiGroup: rbac, kind, name: role },
      subjects: subjects.map((one) => bodyOf(...one)),
    }
    settle(await call(access, above(path), { method: 'POST', body }), 'the binding', hint)
    return
  }
  if (username === undefined || now.roleRef.kind !== kind || now.roleRef.name !== role) return
  if ((now.subjects ?? []).some((one) => names(one, now, username))) return
  const lost = subjects.filter(([subjectKind, subjectName, namespace]) =>
    names({ kind: subjectKind, name: subjectName, namespace: namespace === '' ? null : namespace }, now, username),
  )
  await putSubjects(access, now, [...(now.subjects ?? []).map(asBody), ...lost.map((one) => bodyOf(...one))])
}
const hint = 'Kubernetes lets nobody give what they do not have: bind the role to Cordon, or let it `bind`'

const asBody = ({ kind, name, namespace }: z.infer<typeof subject>): Json => bodyOf(kind, name, namespace ?? '')

/** `resourceVersion`: not over another's change. */
async function putSubjects(access: Access, { metadata, ...now }: Binding, subjects: readonly Json[]): Promise<void> {
  const body = { metadata: { resourceVersion: metadata.resourceVersion }, subjects: [...subjects] }
  const path = bindingPath(scopeOf({ metadata, ...now }), metadata.name)
  const response = await call(access, path, { method: 'PATCH', body })
  settle(response, 'a change of a binding', hint)
}

/** The binding without one subject; the last one takes the binding with it. */
export async function takeOut(access: Access, one: Binding, username: string): Promise<void> {
  const rest = (one.subjects ?? []).filter((subject) => !names(subject, one, username))
  if (rest.length > 0) return putSubjects(access, one, rest.map(asBody))
  await deleteObject(access, bindingPath(scopeOf(one), one.metadata.name), one.metadata.uid, 'a binding')
}

/** Bindings that name a user or service account itself; those of its groups are not its own. */
export async function bindingsOf(access: Access, username: string): Promise<Binding[]> {
  const found: Binding[] = []
  for (const resource of ['clusterrolebindings', 'rolebindings']) {
    const all = await listAll(access, `/apis/${rbac}/v1/${resource}`, binding, `the list of ${resource}`)
    found.push(...all.filter((one) => (one.subjects ?? []).some((subject) => names(subject, one, username))))
  }
  return found
}

export function names(
  { kind, name, namespace }: z.infer<typeof subject>,
  { metadata }: Binding,
  username: string,
): boolean {
  if (kind === 'User') return name === username
  return kind === 'ServiceAccount' && usernameOf(namespace ?? metadata.namespace ?? '', name) === username
}
