import { entityId, type EntityId } from '#model'

/** The role of a cloud that an account may take by its annotation, named as that cloud's own connector names it. */
export function cloudRoles(
  annotations: Readonly<Record<string, string | null | undefined>> | null | undefined,
): EntityId[] {
  const roles: EntityId[] = []
  // EKS, IAM roles for service accounts.
  const [, account, path] =
    /^arn:aws[a-z-]*:iam::(\d{12}):role\/(.+)$/.exec(annotations?.['eks.amazonaws.com/role-arn'] ?? '') ?? []
  if (account !== undefined && path !== undefined) {
    roles.push(entityId('identity', account, `role/${path.split('/').at(-1) ?? path}`))
  }
  // GKE, workload identity.
  const google = annotations?.['iam.gke.io/gcp-service-account'] ?? ''
  const [, project] = /^[a-z0-9-]+@([a-z0-9.-]+)\.iam\.gserviceaccount\.com$/.exec(google) ?? []
  if (project !== undefined) roles.push(entityId('identity', project, `serviceaccount/${google}`))
  return roles
}
