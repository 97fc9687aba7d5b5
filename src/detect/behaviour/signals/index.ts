import type { SignalRule } from '../look.ts'
import { breadth } from './breadth.ts'
import { dormant } from './dormant.ts'
import { drift } from './drift.ts'
import { firstSeen } from './first-seen.ts'
import { grants } from './grants.ts'
import { hour } from './hour.ts'
import { link } from './link.ts'
import { newNetwork } from './new-network.ts'
import { personal } from './personal.ts'
import { recipient } from './recipient.ts'
import { sequence } from './sequence.ts'
import { volume } from './volume.ts'

export const signalRules: readonly SignalRule[] = [
  firstSeen,
  newNetwork,
  volume,
  drift,
  breadth,
  grants,
  hour,
  dormant,
  recipient,
  personal,
  link,
  sequence,
]
