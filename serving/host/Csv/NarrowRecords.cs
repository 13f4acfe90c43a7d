namespace MnistAdder.Scoring.Csv;

/// <summary>Hands a CSV file's text on, and stops at a record of too many fields.</summary>
/// <remarks>
/// Sylvan.Data.Csv makes room for sixteen or thirty-two more fields at a time and copies those before: a row of 400,000 commas took it
/// 16 s, and one of a record's greatest length would take hours.
/// </remarks>
internal sealed class NarrowRecords(TextReader text) : TextReader
{
    /// <summary>The most fields that a record may have: as many columns as a spreadsheet has.</summary>
    public const int MostFields = 16_384;

    private Place _place = Place.Beginning;
    private int _separators;

    /// <inheritdoc/>
    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">All before the record has been handed on, and the record has too many fields.</exception>
    public override int Read(Span<char> buffer)
    {
        if (_separators >= MostFields)
            throw new InvalidDataException($"the record has more than {MostFields} fields");
        int length = text.Read(buffer);
        return Follow(buffer[..length]);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            text.Dispose();
        base.Dispose(disposing);
    }

    // How much of the text comes before the first separator too many.
    private int Follow(ReadOnlySpan<char> read)
    {
        int at = 0;
        while (at < read.Length)
        {
            int next = _place == Place.Quoted ? read[at..].IndexOf('"') : read[at..].IndexOfAny("\",\r\n");
            if (next != 0 && _place != Place.Quoted)
                _place = Place.Plain;
            if (next < 0)
                break;
            at += next;
            if (read[at] == ',' && ++_separators >= MostFields)
                return at;
            _place = Following(read[at]);
            if (read[at] is '\r' or '\n' && _place == Place.Beginning)
                _separators = 0;
            at++;
        }

        return read.Length;
    }

    private Place Following(char character) => (_place, character) switch
    {
        (Place.Quoted, _) => Place.AfterQuote,
        (Place.Beginning or Place.AfterQuote, '"') => Place.Quoted,
        (_, '"') => Place.Plain,
        _ => Place.Beginning,
    };

    // Where in a field a character stands. A quote after a quote is a doubled one, and the field goes on.
    private enum Place
    {
        Beginning,
        Plain,
        Quoted,
        AfterQuote,
    }
}
