module gojobs

go 1.26.0
