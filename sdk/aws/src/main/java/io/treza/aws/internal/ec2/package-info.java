/** How an enclave comes to run on an EC2 instance of its own, and goes again. */
@NullMarked
package io.treza.aws.internal.ec2;

import org.jspecify.annotations.NullMarked;
