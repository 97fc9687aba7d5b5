export { chainOf, type Chain } from './chain.ts'
export { IdentityError } from './error.ts'
export { kinds, type Kind } from './kind.ts'
export { likelyOwners, type Likely, type Owner } from './owner.ts'
export { meansOf, readIdentities, type ConnectorOf, type Identity, type Means } from './read.ts'
export {
  endQuestion,
  endQuestionsOf,
  isAlone,
  keepQuestions,
  openQuestions,
  questionAgain,
  questionAt,
  questionPut,
  questionPutting,
  questionsAbout,
  questionsRead,
  questionsToFollow,
  readAsking,
  type Asking,
  type NewQuestion,
  type QuestionId,
  type QuestionRow,
} from './questions.ts'
export {
  asksAbout,
  asksPerDayMax,
  asksSince,
  choose,
  keepAsks,
  lastRoundMs,
  readWords,
  sayOwner,
  type Ask,
  type Words,
} from './words.ts'
