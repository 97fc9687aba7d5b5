export { createApi, listen, type ApiOptions } from './server.ts'
export { serveConsole, type ConsoleFiles } from './console.ts'
export { toProblem } from './error.ts'
export type {
  ApiServices,
  BacktestDesk,
  ControlDesk,
  ReportDesk,
  KeyDesk,
  OpenHook,
  IdentityDesk,
  PeopleDesk,
  AccessDesk,
  LeaseDesk,
  ReviewDesk,
  BehaviourAsking,
  PostureDesk,
  ReceiptOf,
  SignalDesk,
  SourceDesk,
  VendorDesk,
} from './services.ts'
export { apiWriter, createUser, userNames, verifyUserToken } from './users.ts'
