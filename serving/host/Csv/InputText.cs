namespace MnistAdder.Scoring.Csv;

/// <summary>A file's text, however it is kept: UTF-8 or UTF-16, as it is or compressed with gzip.</summary>
/// <remarks>What it is, its first bytes tell. Decompressing and decoding go on as records are read, in memory of a fixed size.</remarks>
internal static class InputText
{
    /// <summary>Begins to read.</summary>
    /// <param name="file">The file's bytes; disposed with the reader.</param>
    /// <param name="name">What messages call the file.</param>
    /// <param name="beforeWaiting">Called before more of the file is waited for.</param>
    /// <exception cref="InvalidDataException">It is compressed and damaged, or compressed twice, or something else than text.</exception>
    public static CsvReader Read(CountedInput file, string name, Action? beforeWaiting = null)
    {
        CountedInput text = file;
        try
        {
            if (file.Beginning.StartsWith(GzipInput.Magic))
            {
                text = new CountedInput(new GzipInput(file, name));
                if (text.Beginning.StartsWith(GzipInput.Magic))
                    throw new InvalidDataException($"{name} is compressed with gzip twice; decompress it once.");
            }

            if (text.Beginning.SequenceEqual("PAR1"u8))
                throw new InvalidDataException($"{name} is Parquet, of which the end is read first: it must be a file as it is, neither compressed nor standard input.");
            if (ForeignFile.Describe(text.Beginning) is { } foreign)
                throw new InvalidDataException($"{name} is {foreign}, and no table; save it as CSV in UTF-8.");
            return Utf16Input.IsMeant(text.Beginning, out bool isBigEndian)
                ? new CsvReader(new Utf16Input(text, isBigEndian), name, beforeWaiting: beforeWaiting, encoding: "UTF-16")
                : new CsvReader(text, name, beforeWaiting: beforeWaiting);
        }
        catch
        {
            text.Dispose();
            throw;
        }
    }
}
