export { challengeOf } from './slack-challenge.ts'
export {
  faultOfSecret,
  newHookSecret,
  readClaim,
  signatureOf,
  toleranceMs,
  unsigned,
  verifyHook,
  type HookClaim,
  type HookHeader,
} from './signature.ts'
export { hookSecretNames, hookSecrets, webhookWay } from './way.ts'
