using System.Globalization;
using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MnistAdder.Serving.DigitSums;

/// <summary>The numbers to add of a block's rows.</summary>
internal abstract class NumberColumn
{
    /// <summary>Reads the current row's number.</summary>
    /// <param name="number">The number; it may lie outside 0…9.</param>
    /// <returns>Why the row has no number, or <see langword="null"/>.</returns>
    public abstract string? Read(out long number);

    /// <summary>Whether a column of a type can hold numbers.</summary>
    public static bool Takes(DataViewType type) => type is TextDataViewType || (type is not KeyDataViewType && IsInteger(type.RawType));

    /// <summary>Makes the reader of a column of a type that <see cref="Takes"/> allows.</summary>
    public static NumberColumn Create(DataViewRow row, DataViewSchema.Column column) => column.Type switch
    {
        TextDataViewType => new Texts(row.GetGetter<ReadOnlyMemory<char>>(column)),
        { RawType: var type } when type == typeof(long) => new Integers<long>(row.GetGetter<long>(column)),
        { RawType: var type } when type == typeof(int) => new Integers<int>(row.GetGetter<int>(column)),
        { RawType: var type } when type == typeof(short) => new Integers<short>(row.GetGetter<short>(column)),
        { RawType: var type } when type == typeof(sbyte) => new Integers<sbyte>(row.GetGetter<sbyte>(column)),
        { RawType: var type } when type == typeof(ulong) => new Integers<ulong>(row.GetGetter<ulong>(column)),
        { RawType: var type } when type == typeof(uint) => new Integers<uint>(row.GetGetter<uint>(column)),
        { RawType: var type } when type == typeof(ushort) => new Integers<ushort>(row.GetGetter<ushort>(column)),
        _ => new Integers<byte>(row.GetGetter<byte>(column)),
    };

    /// <summary>Reads a number as people write it in a table, with spaces around it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="number">The number; it may lie outside 0…9.</param>
    /// <returns>Why it is none, or <see langword="null"/>.</returns>
    public static string? Parse(ReadOnlySpan<char> text, out long number)
    {
        text = text.Trim();
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
            return null;
        const int Shown = 40;
        return text.IsEmpty
            ? "the number is empty"
            : $"the number is '{text[..Math.Min(Shown, text.Length)]}{(text.Length > Shown ? "…" : "")}', not an integer 0 to 9";
    }

    private static bool IsInteger(Type type) => Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.UInt64;

    private sealed class Integers<T>(ValueGetter<T> getter) : NumberColumn
        where T : IBinaryInteger<T>
    {
        private T _value = T.Zero;

        public override string? Read(out long number)
        {
            getter(ref _value);
            number = long.CreateSaturating(_value);
            return null;
        }
    }

    private sealed class Texts(ValueGetter<ReadOnlyMemory<char>> getter) : NumberColumn
    {
        private ReadOnlyMemory<char> _value;

        public override string? Read(out long number)
        {
            getter(ref _value);
            return Parse(_value.Span, out number);
        }
    }
}
