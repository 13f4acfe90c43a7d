using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Types;

namespace MnistAdder.Scoring.Parquet;

/// <summary>Values of a typed column as a table of texts has them.</summary>
/// <remarks>
/// Numbers in the fewest digits that give them back, <c>true</c> and <c>false</c>, ISO 8601 for dates and times, Base64 for bytes.
/// Lists, structures and maps have no such form.
/// </remarks>
internal static class ArrowText
{
    /// <summary>Whether values of a type have a form as text.</summary>
    public static bool Has(IArrowType type) => IsBytes(type) || IsText(type) || IsLiteral(type)
        || type.TypeId is ArrowTypeId.Null or ArrowTypeId.Decimal128 or ArrowTypeId.Decimal256 or ArrowTypeId.Date32 or ArrowTypeId.Date64
            or ArrowTypeId.Time32 or ArrowTypeId.Time64 or ArrowTypeId.Timestamp;

    /// <summary>Whether a type is text.</summary>
    public static bool IsText(IArrowType type) => type.TypeId is ArrowTypeId.String or ArrowTypeId.LargeString or ArrowTypeId.StringView;

    /// <summary>Whether a type is bytes.</summary>
    public static bool IsBytes(IArrowType type) =>
        type.TypeId is ArrowTypeId.Binary or ArrowTypeId.LargeBinary or ArrowTypeId.BinaryView or ArrowTypeId.FixedSizedBinary;

    /// <summary>Whether values of a type are literals in JSON as they are in text.</summary>
    public static bool IsLiteral(IArrowType type) =>
        type.TypeId is ArrowTypeId.Boolean or (>= ArrowTypeId.UInt8 and <= ArrowTypeId.Double);

    /// <summary>A value's bytes; empty where there is none.</summary>
    public static ReadOnlySpan<byte> Bytes(IArrowArray column, int index) => column switch
    {
        BinaryArray bytes => bytes.GetBytes(index, out _),
        LargeBinaryArray bytes => bytes.GetBytes(index, out _),
        BinaryViewArray bytes => bytes.GetBytes(index, out _),
        FixedSizeBinaryArray bytes when bytes.IsValid(index) => bytes.GetBytes(index),
        _ => default,
    };

    /// <summary>A value of a column; empty where there is none.</summary>
    /// <exception cref="NotSupportedException">The type has no such form.</exception>
    public static string Of(Field field, IArrowArray column, int index) => IsUuid(field) && !column.IsNull(index)
        ? new Guid(Bytes(column, index), bigEndian: true).ToString()
        : Of(column, index);

    /// <summary>A value, whatever its column says of it; empty where there is none.</summary>
    /// <exception cref="NotSupportedException">The type has no such form.</exception>
    public static string Of(IArrowArray column, int index)
    {
        if (column.IsNull(index))
            return "";
        return column switch
        {
            Decimal128Array number => number.GetString(index)!,
            Decimal256Array number => number.GetString(index)!,
            StringArray text => text.GetString(index),
            LargeStringArray text => text.GetString(index),
            StringViewArray text => text.GetString(index),
            Int64Array number => Number(number.GetValue(index)),
            Int32Array number => Number(number.GetValue(index)),
            Int16Array number => Number(number.GetValue(index)),
            Int8Array number => Number(number.GetValue(index)),
            UInt64Array number => Number(number.GetValue(index)),
            UInt32Array number => Number(number.GetValue(index)),
            UInt16Array number => Number(number.GetValue(index)),
            UInt8Array number => Number(number.GetValue(index)),
            DoubleArray number => Number(number.GetValue(index)),
            FloatArray number => Number(number.GetValue(index)),
            HalfFloatArray number => Number(number.GetValue(index)),
            BooleanArray truth => truth.GetValue(index) == true ? "true" : "false",
            Date32Array date => Date(date.GetDateTime(index)!.Value),
            Date64Array date => Date(date.GetDateTime(index)!.Value),
            Time32Array time => Time(time.GetValue(index)!.Value, ((Time32Type)time.Data.DataType).Unit),
            Time64Array time => Time(time.GetValue(index)!.Value, ((Time64Type)time.Data.DataType).Unit),
            TimestampArray time => Timestamp(time.GetValue(index)!.Value, (TimestampType)time.Data.DataType),
            _ when IsBytes(column.Data.DataType) => Convert.ToBase64String(Bytes(column, index)),
            _ => throw new NotSupportedException($"{column.Data.DataType.Name} has no form as text."),
        };
    }

    private static bool IsUuid(Field field) => field.Metadata?.GetValueOrDefault("ARROW:extension:name") == "arrow.uuid";

    private static string Number<T>(T? value)
        where T : struct, IFormattable => value!.Value.ToString(null, CultureInfo.InvariantCulture);

    private static string Date(DateTime date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Time(long value, TimeUnit unit)
    {
        long perSecond = PerSecond(unit);
        return TimeSpan.FromSeconds(value / perSecond).ToString("hh\\:mm\\:ss", CultureInfo.InvariantCulture) + Fraction(value % perSecond, perSecond);
    }

    private static string Timestamp(long value, TimestampType type)
    {
        long perSecond = PerSecond(type.Unit);
        (long seconds, long rest) = (Math.DivRem(value, perSecond).Quotient, value % perSecond);
        if (rest < 0)
            (seconds, rest) = (seconds - 1, rest + perSecond);

        // Beyond the years 1 to 9999 there is no form; the count says it.
        if (seconds < DateTimeOffset.MinValue.ToUnixTimeSeconds() || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return value.ToString(CultureInfo.InvariantCulture);
        string text = DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        return text + Fraction(rest, perSecond) + (string.IsNullOrEmpty(type.Timezone) ? "" : "Z");
    }

    private static string Fraction(long rest, long perSecond)
    {
        if (rest == 0)
            return "";
        int digits = perSecond.ToString(CultureInfo.InvariantCulture).Length - 1;
        return "." + rest.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0').TrimEnd('0');
    }

    private static long PerSecond(TimeUnit unit) => unit switch
    {
        TimeUnit.Second => 1,
        TimeUnit.Millisecond => 1_000,
        TimeUnit.Microsecond => 1_000_000,
        _ => 1_000_000_000,
    };
}
