import type { TenantId } from '#model'
import type { Reader } from '#store'

import type { GraphView } from './graph/index.ts'
import type { Names } from './names.ts'

/** What a view needs: the graph pinned at a change, and the store behind it, read up to `asOf`. */
export type ViewParts = {
  graph: GraphView
  reader: Reader
  names: Names
  tenant: TenantId
  asOf: number
  heardAtMs: number
}
