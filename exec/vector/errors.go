package vector

import "errors"

// errForm says that an Arrow column cannot hold a type.
var errForm = errors.New("the Arrow form does not hold this type")
