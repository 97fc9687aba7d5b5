// Worker W with all there is in the store, for bench/ingest.ts.
import { workerData } from 'node:worker_threads'

import { runWriterThread } from '#store'

import { writerModules } from '../src/app/writer-modules.ts'

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the starter in this folder hands over exactly this
const { path } = workerData as { path: string }
runWriterThread(path, writerModules(), 0)
