export { createBudgets, type Budgets, type Lane } from './budgets.ts'
export { createCredentials, type Credentials } from './credentials.ts'
export { actPatience, createVendorHttp, pullPatience, type Patience, type VendorHttpParts } from './vendor-http.ts'
