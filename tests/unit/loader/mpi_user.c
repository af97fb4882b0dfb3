/* What a program, or a module of Python, does with MPI. */
int MPI_Init(int* count, char*** arguments);
int PMPI_Init(int* count, char*** arguments);
int MPI_Init_thread(int* count, char*** arguments, int required, int* provided);
int PMPI_Init_thread(int* count, char*** arguments, int required, int* provided);

/* Initialises MPI in one of four ways. */
int use_mpi(int way) {
    int provided = 0;
    switch (way) {
        case 0:
            return MPI_Init(0, 0);
        case 1:
            return PMPI_Init(0, 0);
        case 2:
            return MPI_Init_thread(0, 0, 1, &provided);
        default:
            return PMPI_Init_thread(0, 0, 1, &provided) + (provided == 1 ? 0 : 2);
    }
}
