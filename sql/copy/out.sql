COPY (
    {select}
) TO STDOUT
