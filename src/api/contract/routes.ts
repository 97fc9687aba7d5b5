import { z } from 'zod'

import { accessRoutes } from './access-routes.ts'
import { backtestRoutes } from './backtest-routes.ts'
import { controlRoutes } from './control-routes.ts'
import { behaviourRoutes } from './behaviour-routes.ts'
import { findingRoutes } from './finding-routes.ts'
import { gapRoutes } from './gap-routes.ts'
import { incidentRoutes } from './incident-routes.ts'
import { leaseRoutes } from './lease-routes.ts'
import { identityRoutes } from './identity-routes.ts'
import { peopleRoutes } from './people-routes.ts'
import { postureRoutes } from './posture-routes.ts'
import { reviewRoutes } from './review-routes.ts'
import { reportRoutes } from './report-routes.ts'
import { settingRoutes } from './setting-routes.ts'
import { scimRoutes } from './scim-routes.ts'
import { signalRoutes } from './signal-routes.ts'
import { sourceCareRoutes } from './source-care-routes.ts'
import { sourceRoutes } from './source-routes.ts'
import { systemRoutes } from './system-routes.ts'
import { trimRoutes } from './trim-routes.ts'
import { vendorRoutes } from './vendor-routes.ts'

export { exchangeSchema, type Dialect, type Exchange, type RouteSpec } from './route-spec.ts'
export { signalNames } from './signal-routes.ts'

export const routes = {
  ...systemRoutes,
  ...settingRoutes,
  ...sourceRoutes,
  ...sourceCareRoutes,
  ...signalRoutes,
  ...scimRoutes,
  ...incidentRoutes,
  ...findingRoutes,
  ...backtestRoutes,
  ...peopleRoutes,
  ...identityRoutes,
  ...postureRoutes,
  ...accessRoutes,
  ...gapRoutes,
  ...reportRoutes,
  ...controlRoutes,
  ...trimRoutes,
  ...leaseRoutes,
  ...reviewRoutes,
  ...behaviourRoutes,
  ...vendorRoutes,
}

export type RouteName = keyof typeof routes
type Spec<Name extends RouteName> = (typeof routes)[Name]
export type BodyOf<Name extends RouteName> =
  Spec<Name> extends { body: infer Body extends z.ZodType } ? z.output<Body> : undefined
export type BodyInput<Name extends RouteName> =
  Spec<Name> extends { body: infer Body extends z.ZodType } ? z.input<Body> : undefined
export type QueryOf<Name extends RouteName> =
  Spec<Name> extends { query: infer Query extends z.ZodType } ? z.output<Query> : undefined
export type ResponseOf<Name extends RouteName> = z.output<Spec<Name>['response']>

/** RFC 9457; `code` is stable, `hint` is the way out, `place` names where in the input. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    hint: z.string().optional(),
    place: z.string().optional(),
    retryable: z.boolean().optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof problemSchema>
