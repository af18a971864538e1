#!/bin/bash
# Sends the same offer again and again, through whatever host will carry it.
while true
do
	swaks --server halo.example.org --helo bulk.example \
		--from win@bulk.example --to bob@example.net \
		--header 'Subject: You have won' \
		--body 'Answer within the hour.' > /tmp/spam.log 2>&1
	sleep 30
done
