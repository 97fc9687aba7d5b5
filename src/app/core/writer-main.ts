import { workerData } from 'node:worker_threads'

import { assert, isObject, systemClock } from '#kit'
import { runWriterThread } from '#store'

import { keepCodeCacheSoon } from '../code-cache.ts'
import { writerModules } from '../writer-modules.ts'

/** Worker W: the only writer of the store. */
assert(isObject(workerData) && typeof workerData['path'] === 'string', 'W is told its path')
runWriterThread(workerData['path'], writerModules(), systemClock.nowMs())
keepCodeCacheSoon()
