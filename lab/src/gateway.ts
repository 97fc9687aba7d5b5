import { bearerOf, reply, serve, type Served } from './http.ts'

/** The AI gateway (twin): takes Cordon's virtual keys and asks Cordon about each one, on each request. */
export const startGateway = (isValidKey: (token: string) => Promise<boolean>): Promise<Served> =>
  serve(() => async (request, response) => {
    const token = bearerOf(request)
    if (token === '' || !(await isValidKey(token))) return reply(response, 401, { error: 'invalid_key' })
    return reply(response, 200, { models: ['lab-small', 'lab-large'] })
  })
