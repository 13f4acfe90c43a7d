using System.Globalization;

namespace MnistAdder.OnnxBatching.Independence.Flows;

/// <summary>
/// An integer that a graph computes with, mostly the size of a dimension, written as a product: a number, sizes that only a run knows
/// but that are the same for any number of rows, and possibly the number of rows itself.
/// </summary>
internal readonly record struct Size
{
    private const string DimensionMark = "dim ";

    // Texts of texts would grow without end. What is longer isn't followed: it may depend on anything.
    private const int LongestText = 4096;

    private const char Separator = '\n';

    // Sorted, so that equal products are equal values.
    private readonly string? _symbols;

    private Size(long factor, string? symbols, bool hasRows, bool isTainted = false)
    {
        Factor = factor;
        _symbols = string.IsNullOrEmpty(symbols) || factor == 0 ? null : symbols;
        HasRows = hasRows && factor != 0;
        IsTainted = isTainted;
    }

    /// <summary>1.</summary>
    public static Size One { get; } = Of(1);

    /// <summary>The number of rows.</summary>
    public static Size Rows { get; } = new(1, null, hasRows: true);

    /// <summary>Something that depends on the number of rows in another way than being a multiple of it.</summary>
    public static Size Tainted { get; } = new(1, null, hasRows: true, isTainted: true);

    /// <summary>The number in front.</summary>
    public long Factor { get; }

    /// <summary>Whether it depends on the number of rows.</summary>
    public bool HasRows { get; }

    /// <summary>Whether it is <see cref="Tainted"/>.</summary>
    public bool IsTainted { get; }

    /// <summary>The number where it is one; else <see langword="null"/>.</summary>
    public long? Known => _symbols is null && !HasRows ? Factor : null;

    /// <summary>Whether it has factors that only a run knows.</summary>
    public bool IsOpen => _symbols is not null && !IsTainted;

    /// <summary>Whether it can't be below 0.</summary>
    public bool IsNonNegative =>
        Factor >= 0 && !IsTainted && (_symbols is null || Array.TrueForAll(_symbols.Split(Separator), symbol => symbol.StartsWith(DimensionMark, StringComparison.Ordinal)));

    /// <summary>A number.</summary>
    public static Size Of(long value) => new(value, null, hasRows: false);

    /// <summary>A size of which only this text is known; equal texts are equal sizes.</summary>
    public static Size Dimension(string text) => Symbol(DimensionMark + text);

    /// <summary>A number that may be negative, of which only this text is known.</summary>
    public static Size Symbol(string text) => new(1, text.Replace(Separator, ' '), hasRows: false);

    /// <summary>The product of some sizes.</summary>
    public static Size Product(IEnumerable<Size> sizes) => sizes.Aggregate(One, (product, size) => product * size);

    public static Size operator *(Size left, Size right)
    {
        if (left.IsTainted || right.IsTainted || (left.HasRows && right.HasRows))
            return left.Known == 0 || right.Known == 0 ? Of(0) : Tainted;
        IEnumerable<string> symbols = left.Symbols().Concat(right.Symbols()).Order(StringComparer.Ordinal);
        string text = string.Join(Separator, symbols);
        // A product beyond 64 bits is no size of anything: what it is compared with then is unequal.
        return text.Length > LongestText ? Tainted : new Size(unchecked(left.Factor * right.Factor), text, left.HasRows || right.HasRows);
    }

    public static Size operator +(Size left, Size right)
    {
        if (left.Known == 0)
            return right;
        if (right.Known == 0)
            return left;
        if (!left.IsTainted && left._symbols == right._symbols && left.HasRows == right.HasRows && !right.IsTainted)
            return new Size(unchecked(left.Factor + right.Factor), left._symbols, left.HasRows);
        return Opaque("+", left, right);
    }

    public static Size operator -(Size left, Size right) => left + (right * Of(-1));

    /// <summary>The quotient where the division is known to leave no remainder; else <see langword="null"/>.</summary>
    public Size? DividedBy(Size divisor)
    {
        if (IsTainted || divisor.IsTainted || divisor.Factor == 0 || Factor % divisor.Factor != 0 || (divisor.HasRows && !HasRows))
            return null;
        List<string> symbols = [.. Symbols()];
        foreach (string symbol in divisor.Symbols())
        {
            if (!symbols.Remove(symbol))
                return null;
        }

        return new Size(Factor / divisor.Factor, string.Join(Separator, symbols), HasRows && !divisor.HasRows);
    }

    /// <summary>What an operator makes of sizes whose result can't be written as a product: the same text for the same operands.</summary>
    public static Size Opaque(string operation, params ReadOnlySpan<Size> operands)
    {
        bool isDimension = true;
        var text = new System.Text.StringBuilder("(").Append(operation);
        foreach (Size operand in operands)
        {
            if (operand.HasRows)
                return Tainted;
            isDimension &= operand.IsNonNegative;
            text.Append(' ').Append(operand);
        }

        if (text.Length > LongestText)
            return Tainted;
        string whole = text.Append(')').ToString();
        return isDimension && operation is "+" or "broadcast" ? Dimension(whole) : Symbol(whole);
    }

    /// <inheritdoc/>
    public override string ToString() => IsTainted
        ? "a function of the number of rows"
        : string.Join('·', Symbols().Append(Factor.ToString(CultureInfo.InvariantCulture)).Concat(HasRows ? ["rows"] : []));

    /// <summary>Whether a text is part of what it is known by.</summary>
    public bool Mentions(string text) => _symbols?.Contains(text, StringComparison.Ordinal) == true;

    private string[] Symbols() => _symbols?.Split(Separator) ?? [];
}
