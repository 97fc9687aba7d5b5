export * from './event.ts'
export { ocsfEndpoint } from './endpoint.ts'
export { ocsfDepthMax, ocsfProblemsMax, validateOcsf, type OcsfProblem, type OcsfProblemCode } from './validate.ts'
