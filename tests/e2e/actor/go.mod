module fairlead.dev/tests/actor

go 1.21
