import type { RouteName } from '../contract/index.ts'
import { accessRoutes } from './access.ts'
import type { Call, RouteHandlers } from './call.ts'
import { backtestRoutes } from './backtests.ts'
import { controlRoutes } from './controls.ts'
import { reportRoutes } from './reports.ts'
import { behaviourRoutes } from './behaviour.ts'
import { estateRoutes } from './estate.ts'
import { findingRoutes } from './findings.ts'
import { incidentRoutes } from './incidents.ts'
import { leaseRoutes } from './leases.ts'
import { identityRoutes } from './identities.ts'
import { peopleRoutes } from './people.ts'
import { postureRoutes } from './posture.ts'
import { reviewRoutes } from './reviews.ts'
import { scimRoutes } from './scim.ts'
import { settingRoutes } from './settings.ts'
import { signalRoutes } from './signals.ts'
import { sourceCareRoutes } from './source-care.ts'
import { sourceRoutes } from './sources.ts'
import { systemRoutes } from './system.ts'
import { vendorRoutes } from './vendors.ts'

const typed: RouteHandlers<Exclude<RouteName, 'system.openapi'>> = {
  ...systemRoutes,
  ...settingRoutes,
  ...sourceRoutes,
  ...sourceCareRoutes,
  ...signalRoutes,
  ...scimRoutes,
  ...estateRoutes,
  ...incidentRoutes,
  ...findingRoutes,
  ...backtestRoutes,
  ...peopleRoutes,
  ...identityRoutes,
  ...postureRoutes,
  ...accessRoutes,
  ...controlRoutes,
  ...reportRoutes,
  ...behaviourRoutes,
  ...vendorRoutes,
  ...leaseRoutes,
  ...reviewRoutes,
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server checks query and body against the same table before it calls
export const handlers = { ...typed } as unknown as Record<RouteName, (call: Call) => Promise<unknown>>
