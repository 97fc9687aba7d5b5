export { SignalError } from './error.ts'
export { eventOf, eventsNamed, eventsSupported, type ProvenStep } from './event-of.ts'
export { backlogOf, listStreams, publishedKeys, signalKeys, tokensBehind } from './read.ts'
export {
  createStreamApi,
  metadataOf,
  pushMethod,
  read as readSignalBody,
  verificationAsked,
  type StreamApi,
} from './stream-api.ts'
export {
  codeOf,
  createTelling,
  saysShut,
  type Described,
  type PushOutcome,
  type SealedToken,
  type SignalHands,
  type SigningKey,
  type Telling,
} from './telling.ts'
export { addSignalKey, ownerByHand, removeStream, resealSignals, resealTokens } from './writer.ts'
