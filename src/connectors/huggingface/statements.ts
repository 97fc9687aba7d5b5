export { mergeNormalized as merge, openEdge as open, toldFact as fact } from '#model'
export { timeMs } from '#sources/contract'

export const product = { vendor_name: 'Hugging Face', name: 'Hub' }
