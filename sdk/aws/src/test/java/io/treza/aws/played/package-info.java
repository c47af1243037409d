/** AWS as far as an enclave on EC2 needs it: moto, and beside it what moto leaves out. */
@org.jspecify.annotations.NullMarked
package io.treza.aws.played;
