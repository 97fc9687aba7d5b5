import { z } from 'zod'

import { problemSchema, routes, type RouteSpec } from './routes.ts'

/** The API as OpenAPI 3.1, made from the same schemas that check requests. */
export function openapi(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  const problem = {
    description: 'refused',
    content: { 'application/problem+json': { schema: jsonSchema(problemSchema) } },
  }
  for (const [operationId, route] of Object.entries<RouteSpec>(routes)) {
    const parameters: unknown[] = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    }))
    for (const [name, schema] of Object.entries(route.query?.shape ?? {})) {
      parameters.push({ name, in: 'query', required: false, schema: jsonSchema(schema) })
    }
    const answerType =
      route.raw === 'events' ? 'text/event-stream' : route.raw === 'text' ? 'text/javascript' : 'application/json'
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: {
        operationId,
        summary: route.summary,
        'x-cedar-action': route.action,
        'x-cedar-resource': route.resource,
        ...(route.action === 'public' ? { security: [] } : {}),
        ...(parameters.length === 0 ? {} : { parameters }),
        ...(route.raw === 'upload' || route.raw === 'hook'
          ? { requestBody: { required: true, content: { 'application/x-ndjson': {}, 'application/json': {} } } }
          : {}),
        ...(route.body === undefined
          ? {}
          : {
              requestBody: {
                required: true,
                content: { 'application/json': { schema: jsonSchema(route.body, 'input') } },
              },
            }),
        responses: {
          [String(route.status ?? 200)]: {
            description: route.summary,
            content: { [answerType]: { schema: jsonSchema(route.response) } },
          },
          default: problem,
        },
      },
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Cordon', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    security: [{ bearer: [] }],
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  }
}

function jsonSchema(schema: z.core.$ZodType, io: 'input' | 'output' = 'output'): unknown {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' })
  return rest
}
