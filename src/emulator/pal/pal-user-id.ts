/**
 * The user id of a conversation's pal. Clients recognise Tavus' participant by a part of this id, but not all by the same part:
 * Tavus' CVI components and example apps look for `tavus-replica`, newer clients for `tavus-face`.
 */
export function palUserId(faceId: string): string {
  return `tavus-face-${faceId}-tavus-replica-${faceId}`;
}
