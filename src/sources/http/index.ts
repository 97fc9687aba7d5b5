export { createBudgets, type Budgets, type Lane } from './budgets.ts'
export { openSignedHttp } from './signed-http.ts'
export { actPatience, budgetOf, pullPatience, type Patience } from './vendor-http.ts'
