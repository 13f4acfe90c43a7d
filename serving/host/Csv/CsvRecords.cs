using System.Diagnostics.CodeAnalysis;
using Sylvan.Data.Csv;

namespace MnistAdder.Scoring.Csv;

/// <summary>Reads the records of an RFC 4180 file one after the other, with their line numbers; blank lines are skipped.</summary>
internal sealed class CsvRecords : IDisposable
{
    // In characters. A quote that is never closed must not read the rest of the file into memory.
    private const int LongestRecord = 16 << 20;

    private readonly string _name;
    private readonly CsvDataReader _csv;
    private long _nextLine = 1;

    private CsvRecords(string name, CsvDataReader csv)
    {
        _name = name;
        _csv = csv;
    }

    /// <summary>Begins to read; waits for the first characters.</summary>
    /// <param name="text">The file; disposed with the records.</param>
    /// <param name="name">What messages call the file.</param>
    public static CsvRecords Open(TextReader text, string name) => new(name, CsvDataReader.Create(new NarrowRecords(text), new CsvDataReaderOptions
    {
        Delimiter = ',',
        HasHeaders = false,
        BufferSize = 64 << 10,
        MaxBufferSize = LongestRecord,
        // There is no such thing as a comment in RFC 4180. Text never begins with a low surrogate.
        Comment = '\uDC00',
    }));

    /// <summary>Reads the next record.</summary>
    /// <param name="record">The record, where there is one.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="InvalidDataException">A quote is malformed, or the record never ends or has too many fields.</exception>
    public bool TryRead([NotNullWhen(true)] out CsvRecord? record)
    {
        while (MoveNext())
        {
            ReadOnlySpan<char> raw = _csv.GetRawRecordSpan();
            long line = _nextLine;
            _nextLine += LineBreaks(raw);
            if (raw.TrimEnd("\r\n").IsEmpty)
                continue;
            if (HasQuoteInsideField(raw))
                throw MalformedQuote(line, null);
            record = new CsvRecord(line, Fields(), Flaw(raw));
            if (record.Flaw is not null)
                Clean(record.Fields);
            return true;
        }

        record = null;
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _csv.Dispose();

    private static string? Flaw(ReadOnlySpan<char> raw) =>
        Utf8TextReader.HasInvalidMark(raw) ? "the row is not valid UTF-8"
        : raw.Contains('\0') ? "the row contains a NUL character"
        : null;

    private static void Clean(string[] fields)
    {
        for (int i = 0; i < fields.Length; i++)
        {
            fields[i] = string.Create(fields[i].Length, fields[i], static (clean, field) =>
            {
                for (int at = 0; at < clean.Length; at++)
                {
                    bool isMark = field[at] == Utf8TextReader.InvalidMark && (at == 0 || !char.IsHighSurrogate(field[at - 1]));
                    clean[at] = isMark || field[at] == '\0' ? '\uFFFD' : field[at];
                }
            });
        }
    }

    // A line ends with LF, CR LF or CR.
    private static int LineBreaks(ReadOnlySpan<char> raw)
    {
        int lines = 0;
        for (int next; (next = raw.IndexOfAny('\r', '\n')) >= 0; lines++)
        {
            bool isPair = raw[next] == '\r' && next + 1 < raw.Length && raw[next + 1] == '\n';
            raw = raw[(next + (isPair ? 2 : 1))..];
        }

        return lines;
    }

    // Sylvan takes a quote inside a field that doesn't begin with one as it stands; RFC 4180 (section 2, rule 5) forbids it.
    private static bool HasQuoteInsideField(ReadOnlySpan<char> raw)
    {
        if (!raw.Contains('"'))
            return false;
        var place = Place.Beginning;
        foreach (char character in raw)
        {
            if (character == '"' && place == Place.Plain)
                return true;
            place = (place, character) switch
            {
                (Place.Quoted, '"') => Place.AfterQuote,
                (Place.Quoted, _) or (_, '"') => Place.Quoted,
                (_, ',') => Place.Beginning,
                _ => Place.Plain,
            };
        }

        return false;
    }

    private bool MoveNext()
    {
        try
        {
            return _csv.Read();
        }
        catch (CsvRecordTooLargeException exception)
        {
            throw new InvalidDataException(
                $"{_name}, line {_nextLine}: the record is longer than {LongestRecord} characters; probably a closing quote is missing.", exception);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{_name}, line {_nextLine}: {exception.Message}.", exception);
        }
        catch (CsvFormatException exception)
        {
            throw MalformedQuote(_nextLine, exception);
        }
    }

    private InvalidDataException MalformedQuote(long line, Exception? inner) => new(
        $"{_name}, line {line}: a quote is malformed. A field with quotes is quoted as a whole and each quote in it doubled (RFC 4180).", inner);

    private string[] Fields()
    {
        var fields = new string[_csv.RowFieldCount];
        for (int i = 0; i < fields.Length; i++)
            fields[i] = _csv.GetString(i);
        return fields;
    }

    // Where in a field a character stands. A quote after a quote is a doubled one, and the field goes on.
    private enum Place
    {
        Beginning,
        Plain,
        Quoted,
        AfterQuote,
    }
}
