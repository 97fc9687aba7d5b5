import { workerData } from 'node:worker_threads'

import { logWriter } from '#log'
import { runWriterThread } from '#store'

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the starter in this folder hands over exactly this
const { path } = workerData as { path: string }
runWriterThread(path, [logWriter()], 0)
