export * from './event.ts'
export { ocsfDepthMax, ocsfProblemsMax, validateOcsf, type OcsfProblem, type OcsfProblemCode } from './validate.ts'
