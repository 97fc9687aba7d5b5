import { setFlagsFromString } from 'node:v8'

/**
 * Cedar's first tier of machine code serves: V8 would spend half a second of processor time of every start on optimising
 * functions that only loading policies runs often, and decisions are cached. Read when WebAssembly is compiled, so it must
 * be set before Cedar is imported.
 */
const unitsBeforeOptimising = 1_000_000_000
setFlagsFromString(`--wasm-tiering-budget=${unitsBeforeOptimising}`)
