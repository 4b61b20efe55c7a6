/** What one connection's results take of the room that all results share. */
export interface ResultShare {
  chars: number;
}
