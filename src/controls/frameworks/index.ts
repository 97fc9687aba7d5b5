import type { Framework } from '../types.ts'
import { euAiAct } from './eu-ai-act.ts'
import { iso27001 } from './iso27001.ts'
import { nistCsf } from './nist-csf.ts'
import { soc2 } from './soc2.ts'

/** Every framework there is. Adding one is one file here, and one entry. */
export const frameworks: readonly Framework[] = [soc2, iso27001, nistCsf, euAiAct]
