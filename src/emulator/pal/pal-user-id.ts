/**
 * The user id of a conversation's pal. Clients know Tavus' participant by a part of this id, and not all by the same one:
 * Tavus' CVI components and example apps look for `tavus-replica`, newer clients for `tavus-face`.
 */
export function palUserId(faceId: string): string {
  return `tavus-face-${faceId}-tavus-replica-${faceId}`;
}
