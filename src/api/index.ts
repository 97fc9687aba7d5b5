export { createApi, listen, type ApiOptions } from './server.ts'
export { toProblem } from './error.ts'
export type {
  ApiServices,
  BacktestDesk,
  ControlDesk,
  KeyDesk,
  OpenHook,
  IdentityDesk,
  PeopleDesk,
  AccessDesk,
  LeaseDesk,
  BehaviourAsking,
  PostureDesk,
  ReceiptOf,
  SignalDesk,
  SourceDesk,
  VendorDesk,
} from './services.ts'
export { apiWriter, createUser, verifyUserToken } from './users.ts'
