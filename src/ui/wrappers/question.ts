/** What the tester asks: a client that may come. */
export interface Question {
	client: string;
	daemon: string;
	/** empty: nobody says who it is */
	user: string;
}
