namespace MnistAdder.Scoring.Csv;

/// <summary>A file's text, however it is kept: UTF-8, or UTF-16 with a byte-order mark; as it is or compressed with gzip.</summary>
/// <remarks>What it is, its first bytes tell. Decompressing and decoding go on as records are read, in memory of a fixed size.</remarks>
internal static class InputText
{
    /// <summary>Begins to read.</summary>
    /// <param name="file">The file's bytes; disposed with the reader.</param>
    /// <param name="name">What messages call the file.</param>
    /// <param name="beforeWaiting">Called before more of the file is waited for.</param>
    /// <exception cref="InvalidDataException">It is compressed and damaged, or compressed twice.</exception>
    public static CsvReader Read(CountedInput file, string name, Action? beforeWaiting = null)
    {
        CountedInput text = file;
        try
        {
            if (file.Beginning.SequenceEqual(GzipInput.Magic))
            {
                text = new CountedInput(new GzipInput(file, name));
                if (text.Beginning.SequenceEqual(GzipInput.Magic))
                    throw new InvalidDataException($"{name} is compressed with gzip twice; decompress it once.");
            }

            bool isBigEndian = text.Beginning.SequenceEqual(Utf16Input.BigEndianMark);
            return isBigEndian || text.Beginning.SequenceEqual(Utf16Input.LittleEndianMark)
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
