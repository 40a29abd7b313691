// The sketch as its board would run it.
#include "Arduino.h"
#include SKETCH

int main() {
	setup();
	for (;;)
		loop();
}
