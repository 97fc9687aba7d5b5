import { packageEntity, type EntityId } from '#model'

/**
 * `docker.io/library/nginx@sha256:…`, as a node reports what it really runs, or a reference by tag as a pod asks for it.
 * As a package (purl type `oci`) a digest is its version; a tag can be moved, so one alone is a version in name only.
 */
type Image = { repository: string; version: string; isDigest: boolean }

export function parseImage(text: string): Image | undefined {
  const reference = text.replace(/^[a-z-]+:\/\//, '')
  const [, path = '', tag, digest] =
    /^((?:[^/@:\s]+(?::\d+)?\/)*[^/@:\s]+)(?::([\w.-]{1,128}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(reference) ?? []
  if (path === '') return undefined
  return { repository: canonical(path), version: digest ?? tag ?? 'latest', isDigest: digest !== undefined }
}

/** `nginx` is `docker.io/library/nginx`: a first part without dot, colon or `localhost` is no registry. */
function canonical(path: string): string {
  const [first = '', ...rest] = path.split('/')
  if (rest.length > 0 && /[.:]|^localhost$/.test(first)) return path
  return rest.length === 0 ? `docker.io/library/${path}` : `docker.io/${path}`
}

export const nameImage = ({ repository, version }: Image): EntityId => packageEntity('oci', repository, version)
